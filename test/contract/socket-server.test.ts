import { listenSockets } from '#shared/adapters/socket-server/open-socket-server.ts'
import { listenWs } from '#shared/adapters/socket-server/ws-socket-server.ts'
import { socketServerContract } from './socket-server.contract.ts'

socketServerContract('what this system has', listenSockets)
socketServerContract('ws', (options) => listenWs(options, 'ws'))
