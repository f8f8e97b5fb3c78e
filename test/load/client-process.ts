import { type HttpLoad, httpLoad } from './http-load.ts'
import { serve } from './remote.ts'
import { type OpenOptions, SessionPool } from './session-pool.ts'

/** The load client: a process of its own, so that its CPU is counted apart. */
const pool = new SessionPool()

const handlers = {
  open: (options: OpenOptions) => pool.open(options),
  resume: (parallel: number) => pool.resume(parallel),
  reset: () => pool.reset(),
  counted: () => pool.counted(),
  captured: () => pool.captured(),
  drop: () => pool.drop(),
  close: () => pool.close(),
  request: (load: HttpLoad) => httpLoad(load),
}

export type ClientHandlers = typeof handlers

serve(handlers)
