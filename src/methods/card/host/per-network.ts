import type { Server, Socket } from 'node:net';
import { networkOfSource } from '#http/index.ts';
import { plainAddress } from './peer-address.ts';

/**
 * Lets one network (an IPv4 address, an IPv6 /64) hold `most` connections of the server at once, and breaks off what it
 * opens beyond, so that one stranger's unfinished handshakes leave room for everybody else's. `onFull` hears each time
 * that a network comes to hold as many as it may.
 */
export function boundPerNetwork(server: Server, most: number, onFull: (network: string) => void): void {
  const held = new Map<string, number>();

  server.on('connection', (socket: Socket) => {
    const network = networkOfSource(plainAddress(socket.remoteAddress));
    const others = held.get(network) ?? 0;
    if (others >= most) return void socket.destroy();
    held.set(network, others + 1);
    if (others + 1 === most) onFull(network);
    socket.once('close', () => {
      const left = (held.get(network) ?? 1) - 1;
      if (left > 0) held.set(network, left);
      else held.delete(network);
    });
  });
}
