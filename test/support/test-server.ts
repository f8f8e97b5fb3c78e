/** A server as suites see it, whatever it is made of. */
export interface TestServer {
  /** Where REST is, without a path. */
  readonly http: string
  readonly gateway: string
  /** Of a cluster: each of the gateways, without the front. */
  gateways?(): readonly string[]
  readonly dataDir: string
  readonly pid: number
  readonly output: () => string
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

/** A server that may be killed and started again: its stores stay, and so do its clients' addresses. */
export interface RestartableServer {
  readonly http: string
  readonly gateway: string
  start(): Promise<void>
  /** kill -9, and a new start. */
  restart(): Promise<void>
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null | undefined>
  /** Ends the server and removes its stores. */
  dispose(): Promise<void>
}
