// Types of system-packages.mjs, for its table and the tests.
export interface SystemPackage {
  /** the program that has to be on the PATH */
  command: string;
  /** the name of its package for apt-get */
  debian: string;
  /** the name of its formula for Homebrew */
  brew: string;
  /** what cannot be tested without it: "the tests of …" */
  purpose: string;
}

/** The system as the installer sees it, so that the tests can pretend to be any. */
export interface Host {
  platform: NodeJS.Platform;
  isRoot: boolean;
  isInstalled(command: string): boolean;
  run(command: string, args: string[]): Promise<{ code: number; output: string }>;
  say(line: string): void;
}

export const systemPackages: SystemPackage[];
export function ensureSystemPackages(table?: SystemPackage[], host?: Host): Promise<string[]>;
