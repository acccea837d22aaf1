// ExecuteCommand through the SDK, and the data channel through a client that speaks as the Session Manager plugin does.
import {
  DescribeTasksCommand,
  type ECSClient,
  ExecuteCommandCommand,
  RunTaskCommand,
  waitUntilTasksRunning,
  type Session,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { PAYLOAD, readMessage, writeMessage } from '../../../lab-server/embedded/aws/services/ecs/exec/agent-message.ts';
import { fargateStand, type FargateStand } from './fargate-stand.ts';

let stand: FargateStand;
let ecs: ECSClient;
let taskArn: string;

beforeAll(async () => {
  stand = await fargateStand('nginx:latest');
  ({ ecs } = stand);
  const { networkConfiguration } = stand;
  const { tasks } = await ecs.send(
    new RunTaskCommand({ taskDefinition: 'web', launchType: 'FARGATE', enableExecuteCommand: true, networkConfiguration }),
  );
  taskArn = tasks?.[0]?.taskArn ?? '';
  await waitUntilTasksRunning({ client: ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, { tasks: [taskArn] });
});

afterAll(() => stand[Symbol.asyncDispose]());

/** Opens a session, answers the handshake, sends `input` once the command runs, and gives all output when the channel is closed. */
async function converse(session: Session | undefined, input: string, token = session?.tokenValue): Promise<string> {
  const socket = new WebSocket(session?.streamUrl ?? '');
  let output = '';
  let sequence = 0;
  const send = (type: number, payload: string | Buffer): void => {
    socket.send(writeMessage('input_stream_data', sequence, type, Buffer.from(payload), 0).bytes);
    sequence += 1;
  };
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ MessageSchemaVersion: '1.0', RequestId: 'r', TokenValue: token, ClientId: 'c', ClientVersion: '1.2.0.0' }),
      ),
    );
    socket.on('message', (data: Buffer) => {
      const message = readMessage(data);
      if (message?.payloadType === PAYLOAD.handshakeRequest) {
        const processed = [{ ActionType: 'SessionType', ActionStatus: 1, ActionResult: null, Error: '' }];
        send(PAYLOAD.handshakeResponse, JSON.stringify({ ClientVersion: '1.2.0.0', ProcessedClientActions: processed, Errors: [] }));
      } else if (message?.payloadType === PAYLOAD.handshakeComplete) {
        send(PAYLOAD.size, JSON.stringify({ cols: 120, rows: 40 }));
        send(PAYLOAD.output, input);
      } else if (message?.type === 'output_stream_data') {
        output += message.payload.toString('utf8');
      }
    });
  });
  return output;
}

test('a shell in a running container answers what is typed, and its end ends the session', async () => {
  const { session, containerName } = await ecs.send(new ExecuteCommandCommand({ task: taskArn, interactive: true, command: '/bin/sh' }));
  expect(containerName).toBe('web');
  expect(session?.streamUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/data-channel\/ecs-execute-command-[0-9a-f]+\?role=publish_subscribe$/);
  const output = await converse(session, 'echo $((40 + 2)) && ls /usr/share/nginx/html\rexit\r');
  expect(output).toContain('42');
  expect(output).toContain('index.html');
});

test('a command with quoted words runs once and ends', async () => {
  const { session } = await ecs.send(
    new ExecuteCommandCommand({ task: taskArn, interactive: true, command: `sh -c "echo 'one two'"`, container: 'web' }),
  );
  expect(await converse(session, '')).toContain('one two');
});

test('a session opens for its token only, and only once', async () => {
  const { session } = await ecs.send(new ExecuteCommandCommand({ task: taskArn, interactive: true, command: '/bin/sh' }));
  expect(await converse(session, 'echo no\r', 'another token')).toBe('');
  await expect(converse(session, '')).rejects.toThrow(/404/);
});

test('a task without execute command is refused in the words of ECS', async () => {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
  expect(tasks?.[0]?.containers?.[0]?.managedAgents).toMatchObject([{ name: 'ExecuteCommandAgent', lastStatus: 'RUNNING' }]);
  await expect(ecs.send(new ExecuteCommandCommand({ task: taskArn, interactive: false, command: '/bin/sh' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'Interactive is the only mode supported currently.',
  });
});
