/** Types of cluster.mjs, for the tests. */
export interface ClusterOptions {
  replicas: number;
  /** Of the balancer; default: any free one. */
  port?: number;
  /** Variables for the gateways. */
  env?: Record<string, string>;
  /** The gateway's entry; default: dist/main.js. */
  main?: string;
  onLine?: (part: string, line: string) => void;
}

export interface Part {
  readonly name: string;
  readonly url: string;
  readonly pid: number | undefined;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

export interface Cluster {
  /** The balancer's address. */
  readonly url: string;
  readonly redis: Part;
  readonly gateways: Part[];
  readonly balancer: Part;
  stop(): Promise<void>;
}

export function startCluster(options: ClusterOptions): Promise<Cluster>;
export function freePort(): Promise<number>;
