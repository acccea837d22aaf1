// ip, ifconfig, route, netstat, ss: the container's one interface and its ports.
import { Endpoint } from '../../network/endpoint.ts';
import { commandProgram, type Command } from '../command.ts';

function macOf(address: string): string {
  return `02:42:${address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':')}`;
}

function gatewayOf(address: string): string {
  return `${address.split('.').slice(0, 3).join('.')}.1`;
}

export const ip = commandProgram({ flags: '46brosdjpcah', stopAtOperand: false, long: {} }, async (command) => {
  const { address } = command.process.machine.endpoint;
  const object = command.operands[0] ?? '';
  if (object.startsWith('a')) {
    await command.print(
      command.options.has('b') || command.options.has('r')
        ? `lo               UNKNOWN        127.0.0.1/8 ::1/128 \neth0@if2         UP             ${address}/24 \n`
        : `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n2: eth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default \n    link/ether ${macOf(address)} brd ff:ff:ff:ff:ff:ff\n    inet ${address}/24 brd ${address.split('.').slice(0, 3).join('.')}.255 scope global eth0\n       valid_lft forever preferred_lft forever\n`,
    );
    return 0;
  }
  if (object.startsWith('r')) {
    await command.print(
      `default via ${gatewayOf(address)} dev eth0 \n${address.split('.').slice(0, 3).join('.')}.0/24 dev eth0 scope link  src ${address} \n`,
    );
    return 0;
  }
  if (object.startsWith('l')) {
    await command.print(
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n2: eth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default \n    link/ether ${macOf(address)} brd ff:ff:ff:ff:ff:ff\n`,
    );
    return 0;
  }
  await command.process.complain(`BusyBox v1.37.0 multi-call binary.\n\nUsage: ip [OPTIONS] address|route|link [ARGS]\n`);
  return 1;
});

export const ifconfig = commandProgram({ flags: 'a' }, async (command) => {
  const { address } = command.process.machine.endpoint;
  const broadcast = `${address.split('.').slice(0, 3).join('.')}.255`;
  await command.print(
    `eth0      Link encap:Ethernet  HWaddr ${macOf(address).toUpperCase()}  \n          inet addr:${address}  Bcast:${broadcast}  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\nlo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n`,
  );
  return 0;
});

export const route = commandProgram({ flags: 'ne', values: 'A' }, async (command) => {
  const { address } = command.process.machine.endpoint;
  const network = `${address.split('.').slice(0, 3).join('.')}.0`;
  const row = (destination: string, gateway: string, mask: string, flags: string): string =>
    `${destination.padEnd(16)}${gateway.padEnd(16)}${mask.padEnd(16)}${flags.padEnd(6)}0      0        0 eth0\n`;
  await command.print(
    `Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n${row(command.options.has('n') ? '0.0.0.0' : 'default', gatewayOf(address), '0.0.0.0', 'UG')}${row(network, '0.0.0.0', '255.255.255.0', 'U')}`,
  );
  return 0;
});

function listeningPorts(command: Command): readonly number[] {
  const { endpoint } = command.process.machine;
  return endpoint instanceof Endpoint ? endpoint.listeningPorts() : [];
}

export const netstat = commandProgram({ flags: 'tulnpaerswWx' }, async (command) => {
  await command.print(
    `Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${command.options.has('p') ? 'PID/Program name    ' : ''}\n`,
  );
  for (const port of listeningPorts(command)) {
    await command.print(
      `tcp        0      0 ${`0.0.0.0:${port}`.padEnd(23)} 0.0.0.0:*               LISTEN      ${command.options.has('p') ? '-' : ''}\n`,
    );
  }
  return 0;
});

export const ss = commandProgram({ flags: 'tulnpaesx46H' }, async (command) => {
  await command.print('State   Recv-Q  Send-Q   Local Address:Port   Peer Address:Port Process \n');
  for (const port of listeningPorts(command)) {
    await command.print(`LISTEN  0       511            0.0.0.0:${String(port).padEnd(12)} 0.0.0.0:*             \n`);
  }
  return 0;
});
