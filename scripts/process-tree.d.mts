/** Types of process-tree.mjs, for the tests. */
export interface ListedProcess {
  pid: number;
  parent: number;
  /** The process that leads its group. */
  group: number;
  command: string;
}

export function killTree(pid: number, signal: NodeJS.Signals): void;
export function descendantsOf(pid: number): ListedProcess[];
