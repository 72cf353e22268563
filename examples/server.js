import jstp from '@metarhia/jstp';
import { ShardedSessionStorageProvider } from 'jstp-sharded-sessions';

const api = {
  visits: {
    count: ({ session }, callback) => {
      session.set('visits', (session.get('visits') ?? 0) + 1);
      callback(null, session.get('visits'));
    },
  },
};
const sessionStorageProvider = new ShardedSessionStorageProvider({
  store: { kind: 'journal', directory: 'sessions' },
});
sessionStorageProvider.on('error', console.error);
const server = jstp.net.createServer({
  applications: [new jstp.Application('visits', api)],
  sessionStorageProvider,
  clientExpirationTime: 10_000,
  heartbeatInterval: 5_000,
});

// Every socket, also of a client that has not said yet who it is.
const sockets = new Set();
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});
// Every client. `server.clients` lacks those whose session was restored.
const connections = new Set();
server.on('connect', (connection) => connections.add(connection));
server.on('reconnect', (connection) => connections.add(connection));
server.on('disconnect', (connection) => connections.delete(connection));

async function shutDown() {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const connection of connections) connection.close();
  // A client that is frozen, or has lost its network, never ends its side.
  setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, 1_000);
  await closed;
  await sessionStorageProvider.close().catch(console.error);
  process.exit();
}
process.once('SIGTERM', shutDown);
// Rejects, and so ends the process, if the journal cannot be opened.
await sessionStorageProvider.ready;
server.listen(8080);
