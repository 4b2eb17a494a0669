/** A bare `node:https` server that asks for a client certificate and says yes: the limit of the card host. */
import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [folder = '', port = '0'] = process.argv.slice(2);
const read = (name: string) => readFileSync(`${folder}/${name}`);

createServer(
  {
    cert: read('host.pem'),
    key: read('host.key'),
    ca: [read('anchors.pem')],
    requestCert: true,
    rejectUnauthorized: false,
    secureOptions: constants.SSL_OP_NO_TICKET,
  },
  (_request, response) => {
    response.setHeader('Connection', 'close');
    response.end('yes');
  },
).listen(Number(port), '127.0.0.1', () => console.log('listening'));
