import pino from 'pino'

export type Logger = pino.Logger
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** Structured logs, a JSON object a line on standard output. What could be a secret never gets there. */
export const createLogger = (options: { service: string; level: LogLevel }): Logger =>
  pino({
    level: options.level,
    base: { service: options.service },
    redact: {
      paths: ['req.headers.authorization', '*.password', '*.token', '*.authorization'],
      censor: '[secret]',
    },
  })
