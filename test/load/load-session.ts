import { connect, type Socket } from 'node:net'
import { Intent } from '#shared/protocol/intents.ts'
import { Opcode } from '#shared/protocol/opcodes.ts'
import { clientFrame, FrameScanner, upgradeRequest, WsOpcode } from './websocket-frames.ts'

/** No presences and no typing: what comes is what the benchmark has sent. */
export const INTENTS = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.MESSAGE_CONTENT

/** Reading is synchronous, so one buffer serves every socket of the process. */
const BUFFER = Buffer.alloc(256 * 1024)

/** What all dispatches and control frames of the gateway begin with. */
const HEAD = /^\{"op":(\d+)(?:,"s": *(\d+),"t":"(\w+)")?/

type Goal = 'connected' | 'identified' | 'resumed'

/**
 * One gateway session over raw sockets. While it opens, frames are read as far as that needs; later they are
 * counted only, unless it is a sample: the client must cost less than what it measures. It resumes from where it was
 * opened: some of what came since may have had no number of its own.
 */
export class LoadSession {
  /** Hears the payload of every frame that comes once the session is open. */
  sample: ((payload: Buffer) => void) | undefined
  /** The connection ended without being asked to. */
  broken = false
  readonly #url: URL
  readonly #token: string
  #socket: Socket | undefined
  #scanner = new FrameScanner()
  #goal: Goal = 'connected'
  #finish: ((error?: Error) => void) | undefined
  #sessionId = ''
  #s = 0
  #framesOfOpening = 0

  constructor(url: string, token: string) {
    this.#url = new URL(url)
    this.#token = token
  }

  /** Frames on this connection until the session was open. */
  get framesOfOpening(): number {
    return this.#framesOfOpening
  }

  /** Frames that came since then. */
  get frames(): number {
    return this.#scanner.frames - this.#framesOfOpening
  }

  /** 'connected': upgraded; 'identified': GUILD_CREATE came; 'resumed': RESUMED came. @throws when it fails */
  open(goal: Goal): Promise<void> {
    this.#goal = goal
    this.#framesOfOpening = 0
    this.#scanner = new FrameScanner((opcode) => {
      if (opcode === WsOpcode.PING) this.#socket?.write(clientFrame('', WsOpcode.PONG))
    })
    return new Promise((resolve, reject) => {
      this.#finish = (error) => {
        this.#finish = undefined
        if (error) return reject(error)
        this.#framesOfOpening = this.#scanner.frames
        this.#scanner.want = this.sample && ((payload) => this.sample?.(payload))
        resolve()
      }
      this.#connect()
    })
  }

  /** Ends the connection without a word: the session can be resumed. */
  drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }

  /** Ends the session. Resolves when the server has ended the connection. */
  async close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (!socket || socket.destroyed) return
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.end(clientFrame(Buffer.from([0x03, 0xe8]), WsOpcode.CLOSE))
    await closed
  }

  #connect(): void {
    let head: Buffer | undefined = Buffer.alloc(0)
    const socket = connect({
      host: this.#url.hostname,
      port: Number(this.#url.port),
      noDelay: true,
      onread: {
        buffer: BUFFER,
        callback: (length, buffer) => {
          const chunk = (buffer as Buffer).subarray(0, length)
          if (head === undefined) {
            this.#scanner.push(chunk)
            return true
          }
          head = Buffer.concat([head, chunk])
          const end = head.indexOf('\r\n\r\n')
          if (end < 0) return true
          const rest = head.subarray(end + 4)
          if (!head.toString('latin1', 0, 12).endsWith('101')) {
            socket.destroy()
            return false
          }
          head = undefined
          if (this.#goal === 'connected') this.#finish?.()
          else this.#scanner.want = (payload) => this.#read(payload)
          this.#scanner.push(rest)
          return true
        },
      },
    })
    this.#socket = socket
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.broken = true
      this.#finish?.(new Error('the server ended the connection'))
    })
    socket.write(upgradeRequest(this.#url))
  }

  #read(payload: Buffer): void {
    const [, op, s, t] = HEAD.exec(payload.toString('latin1', 0, 100)) ?? []
    if (op === undefined) throw new Error(`a frame of another layout: ${payload.toString('latin1', 0, 100)}`)
    if (s !== undefined) this.#s = Number(s)
    if (Number(op) === Opcode.HELLO) this.#begin()
    else if (Number(op) === Opcode.INVALID_SESSION) this.#finish?.(new Error('the session cannot be resumed'))
    else if (t === 'READY')
      this.#sessionId = /"session_id":"(\w+)"/.exec(payload.toString('latin1'))?.[1] ?? ''
    else if (t === (this.#goal === 'resumed' ? 'RESUMED' : 'GUILD_CREATE')) this.#finish?.()
  }

  #begin(): void {
    const resume = {
      op: Opcode.RESUME,
      d: { token: this.#token, session_id: this.#sessionId, seq: this.#s },
    }
    const identify = { op: Opcode.IDENTIFY, d: { token: this.#token, properties: {}, intents: INTENTS } }
    this.#socket?.write(clientFrame(JSON.stringify(this.#goal === 'resumed' ? resume : identify)))
  }
}
