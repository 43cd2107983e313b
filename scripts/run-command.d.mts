// Types of run-command.mjs, for the tests.
export interface Command {
  command: string;
  args: string[];
  name: string;
}

export interface Surroundings {
  env?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
}

export function npmCommand(args: string[], surroundings?: Surroundings): Command;

export function isInstalled(command: string, env?: NodeJS.ProcessEnv): boolean;
