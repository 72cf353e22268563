import jstp from '@metarhia/jstp';

jstp.net.connect('visits', null, 8080, 'localhost', (error, connection) => {
  if (error) throw error;
  // The session has expired, or its server was killed: without this the client asks for it for ever.
  connection.on('reconnect', (refusal) => {
    if (refusal?.code === jstp.ERR_AUTH_FAILED) connection.session = null;
  });
});
