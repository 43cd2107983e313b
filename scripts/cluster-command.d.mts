// Types of cluster-command.mjs, for the tests.
export interface ClusterArguments {
  replicas: number;
  /** Undefined: PORT of the configuration, else 9090. */
  port: number | undefined;
  demo: boolean;
}

export function parseClusterArguments(args: string[]): ClusterArguments;
export function runCluster(root: string, args: ClusterArguments): Promise<void>;
