/** Types of cluster.mjs, for the tests. */
export interface ClusterOptions {
  replicas: number;
  /** Of the balancer; default: any free one. */
  port?: number;
  /** Variables for the gateways. */
  env?: Record<string, string>;
  /** The gateway's entry; default: dist/main.js. */
  main?: string;
  /** Where Redis keeps its data; default: a temporary folder, which is removed by `stop`. */
  folder?: string;
  onLine?: (part: string, line: string) => void;
  /** A part that was ready has ended without being told to; `how`: its exit code or signal. */
  onEnd?: (part: Part, how: number | NodeJS.Signals) => void;
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
/** HAProxy by the project's own file, in front of servers that answer /readyz; not started. */
export function haproxy(
  port: number,
  gateways: readonly { readonly name: string; readonly url: string }[],
  folder: string,
  on?: { line(part: string, line: string): void; end(part: Part, how: number | NodeJS.Signals): void },
): Promise<Part>;
export function freePort(): Promise<number>;
