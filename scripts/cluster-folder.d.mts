/** Throws a TaskError if another cluster uses the folder. `dataDir` is absolute or relative to `root`. */
export function claimClusterFolder(
  root: string,
  dataDir: string,
  demo: boolean,
): { folder: string; name: string; release(): void };
