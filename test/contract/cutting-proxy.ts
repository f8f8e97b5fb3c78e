import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Cut = 'answer lost' | 'request lost'

/**
 * A proxy before a server that loses connections at the worst moments: when a client sends `marker`, the next of
 * `cuts` says whether the server still gets it and only its answer is lost, or not even that.
 */
export async function openCuttingProxy(target: string, marker: string) {
  const { hostname, port } = new URL(target)
  const cuts: Cut[] = []
  const state = { closed: false, cuts }
  const server = createServer((client) => {
    if (state.closed) return void client.destroy()
    const upstream = connect(Number(port), hostname)
    const end = () => [client, upstream].forEach((socket: Socket) => void socket.destroy())
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end)
    let cut: Cut | undefined
    client.on('data', (chunk) => {
      if (cut === undefined && chunk.includes(marker)) cut = cuts.shift()
      if (cut === 'request lost') end()
      else upstream.write(chunk)
    })
    upstream.on('data', (chunk) => (cut === undefined ? client.write(chunk) : end()))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  return Object.assign(state, { url: url.href, end: () => void server.close() })
}
