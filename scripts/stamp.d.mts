// Types of stamp.mjs, for the tests.
export function hashFiles(root: string, names: string[]): string;
export function readStamp(file: string): string | undefined;
export function writeStamp(file: string, hash: string): void;
