import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { openCql } from '#shared/adapters/cql/cql.ts'
import { CERTIFICATE } from '#test/support/tls-proxy.ts'
import { cqlDescribe, cqlServer } from './cql-server.ts'

cqlDescribe.run(cqlDescribe.title('CQL over TLS'), () => {
  test('with a certificate by the authority that is named', async () => {
    const cql = await openCql({ ...(await behindTls()), tls: { ca: CERTIFICATE } })
    expect(await cql.rows('select key from system.local', [])).toEqual([{ key: 'local' }])
    await cql.close()
  })

  test('not with one by an authority that nobody knows, nor without TLS', async () => {
    const server = await behindTls()
    await expect(openCql({ ...server, tls: {} })).rejects.toThrow()
    await expect(openCql(server)).rejects.toThrow()
  })
})

/** The server that the environment names as one that speaks TLS only. */
async function behindTls() {
  const [host, port] = (cqlServer.contactPoints[0] as string).split(':') as [string, string]
  const server = createServer({ key: CERTIFICATE, cert: CERTIFICATE }, (client) => {
    const upstream = connect(Number(port), host)
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
    client.pipe(upstream).pipe(client)
  })
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const contactPoints = [`127.0.0.1:${(server.address() as AddressInfo).port}`]
  return { ...cqlServer, keyspace: 'system', contactPoints }
}
