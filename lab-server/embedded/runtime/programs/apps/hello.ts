// The greeting servers of tutorials: hello-app, the bootcamp, echo servers, the ECS sample.
import type { Process } from '../../processes/process.ts';
import type { Program } from '../../processes/program.ts';
import { canonicalHeaders, runUntilSignal, serveApp, type AppRequest, type AppResponse } from '../http/app.ts';
import { errorLogDate } from '../http/dates.ts';

interface Greeting {
  port(process: Process): number;
  start?(process: Process): string;
  answer(process: Process, request: AppRequest): AppResponse;
  log?(process: Process, request: AppRequest): string;
}

function greetingProgram(greeting: Greeting): Program {
  return async (process) => {
    process.holdMemory(6 * 1024 * 1024);
    const serving = await serveApp(process, greeting.port(process), {
      handle: (request) => greeting.answer(process, request),
      log: (request) => (greeting.log ? process.complain(greeting.log(process, request)) : undefined),
    });
    if (!serving) {
      return 1;
    }
    await process.complain(greeting.start?.(process) ?? '');
    return runUntilSignal(process, 2);
  };
}

const portOf =
  (fallback: number) =>
  (process: Process): number =>
    Number(process.env.get('PORT') ?? fallback);
const stamp = (process: Process): string => errorLogDate(process.machine.clock.now());
/** A version that the image sets for its program; nobody else knows the variable. */
const versionOf = (process: Process): string => process.env.get('APP_VERSION') ?? '1.0.0';

/** google-samples/hello-app */
export const helloApp = greetingProgram({
  port: portOf(8080),
  start: (process) => `${stamp(process)} Server listening on port ${portOf(8080)(process)}\n`,
  answer: (process) => ({
    contentType: 'text/plain; charset=utf-8',
    body: `Hello, world!\nVersion: ${versionOf(process)}\nHostname: ${process.machine.hostname}\n`,
  }),
  log: (process, request) => `${stamp(process)} Serving request: ${request.path}\n`,
});

/** google-samples/kubernetes-bootcamp */
export const bootcamp = greetingProgram({
  port: () => 8080,
  start: (process) => `Kubernetes Bootcamp App Started At: ${stamp(process)} | Running On:  ${process.machine.hostname} \n`,
  answer: (process) => ({
    contentType: 'text/plain',
    body: `Hello Kubernetes bootcamp! | Running on: ${process.machine.hostname} | v=${versionOf(process)}\n`,
  }),
});

/** kicbase/echo-server and jmalloc/echo-server */
export const echoServer = greetingProgram({
  port: portOf(8080),
  start: (process) => `Echo server listening on port ${portOf(8080)(process)}.\n`,
  answer: (process, request) => ({
    contentType: 'text/plain',
    body: `Request served by ${process.machine.hostname}\n\n${request.method} ${request.url} HTTP/${request.httpVersion}\n\nHost: ${request.host}\n${canonicalHeaders(
      request,
    )
      .map(([name, value]) => `${name}: ${value}\n`)
      .join('')}`,
  }),
  log: (_process, request) => `${request.client.address}:${request.client.port} | ${request.method} ${request.url}\n`,
});

/** registry.k8s.io/echoserver */
export const echoserver = greetingProgram({
  port: () => 8080,
  start: () => 'Generating self-signed cert\nStarting nginx\n',
  answer: (process, request) => ({
    contentType: 'text/plain',
    headers: [['Server', 'echoserver']],
    body: `\n\nHostname: ${process.machine.hostname}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: 1.14.2 - lua: 10015\n\nRequest Information:\n\tclient_address=${request.client.address}\n\tmethod=${request.method}\n\treal path=${request.url}\n\tquery=${request.query.toString()}\n\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://${request.host}${request.url}\n\nRequest Headers:\n${canonicalHeaders(
      request,
    )
      .map(([name, value]) => `\t${name.toLowerCase()}=${value}\n`)
      .join('')}\nRequest Body:\n\t-no body in request-\n\n`,
  }),
});
