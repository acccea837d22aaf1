// The `dockside` command. Every subcommand is one file beside this one.
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../config.ts';
import { describeFailure } from './output.ts';

const program = new Command('dockside')
  .description('Learn Kubernetes and Amazon ECS side by side, with a live lab beside every lesson.')
  .showHelpAfterError('(dockside --help lists what there is)');

program
  .command('serve')
  .description('serve the guide with its labs (what npm start does when everything is set up)')
  .option('--without-kubectl', 'serve even where there is no kubectl', false)
  .action(async (options: { withoutKubectl: boolean }) => {
    const { serve } = await import('./serve.ts');
    await serve(readConfig(process.env), options);
  });

const sandbox = program.command('sandbox').description('run an embedded sandbox alone, for any client on this machine');
sandbox
  .command('kubernetes')
  .description('a Kubernetes cluster: prints one line of JSON when it answers, runs until interrupted')
  .option('--kubeconfig <file>', 'where to write the kubeconfig (default: a temporary file)')
  .option('--port <number>', 'port of the API on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
  .option('--data <folder>', 'keep the cluster here, and go on from it next time')
  .option('--nodes <count>', 'number of nodes', wholeNumber(1, 100), 1)
  .action(async (options: { kubeconfig?: string; port: number; data?: string; nodes: number }) => {
    const { sandboxKubernetes } = await import('./sandbox-kubernetes.ts');
    await sandboxKubernetes(options);
  });
sandbox
  .command('ecs')
  .description('an AWS endpoint with Amazon ECS: prints one line of JSON when it answers, runs until interrupted')
  .option('--env-file <file>', 'where to write shell assignments for AWS clients')
  .option('--port <number>', 'port of the endpoint on 127.0.0.1; 0 takes a free one', wholeNumber(0, 65_535), 0)
  .option('--data <folder>', 'keep the resources here, and go on from them next time')
  .option('--any-credentials', 'for test suites: accept every key, and empty the endpoint on POST /_embedded/reset', false)
  .addOption(
    new Option('--runtime <runtime>', 'what runs containers: the simulation, or real ones through Docker Engine')
      .choices(['simulated', 'docker'])
      .default('simulated'),
  )
  .action(async (options: { envFile?: string; port: number; data?: string; anyCredentials: boolean; runtime: 'simulated' | 'docker' }) => {
    const { sandboxEcs } = await import('./sandbox-ecs.ts');
    await sandboxEcs(options);
  });

program
  .command('verify')
  .description(
    'prove exercises and lessons in real labs: the solution passes, mistakes get their verdicts, code blocks print what is shown',
  )
  .argument('[name...]', 'names of exercises, or of lessons as chapter/lesson (default: all)')
  .option('--jobs <count>', 'labs at a time', wholeNumber(1, 64))
  .option('--quick', 'of exercises with an ECS sandbox try the first mistake alone, as npm test does', false)
  .option('--watch', 'prove again whenever a file of the exercises changes', false)
  .option('--json', 'print the results as JSON', false)
  .action(async (names: string[], options: { jobs?: number; quick: boolean; json: boolean; watch: boolean }) => {
    if (options.watch) {
      const { watchExercises } = await import('./verify-watch.ts');
      await watchExercises(readConfig(process.env), names, options);
      return;
    }
    const { verify } = await import('./verify.ts');
    exitBy(await verify(readConfig(process.env), names, options));
  });

program
  .command('grade')
  .description('judge a cluster by an exercise, once')
  .argument('<exercise>', 'name of the exercise')
  .option('--kubeconfig <file>', 'the cluster (default: KUBECONFIG, else ~/.kube/config)')
  .option('--context <name>', 'context of the kubeconfig')
  .option('--json', 'print the verdicts as JSON', false)
  .action(async (exercise: string, options: { kubeconfig?: string; context?: string; json: boolean }) => {
    const { grade } = await import('./grade.ts');
    const kubeconfig = options.kubeconfig ?? process.env.KUBECONFIG ?? join(process.env.HOME ?? '', '.kube', 'config');
    exitBy(await grade(readConfig(process.env), exercise, { ...options, kubeconfig }));
  });

program
  .command('conformance')
  .description('run the Kubernetes exercises on a real cluster and on the embedded one, and print where their verdicts differ')
  .argument('[exercise...]', 'names of exercises (default: all)')
  .requiredOption('--kubeconfig <file>', 'the real cluster')
  .option('--context <name>', 'context of the kubeconfig')
  .option('--jobs <count>', 'labs at a time', wholeNumber(1, 64), 2)
  .option('--json', 'print the results as JSON', false)
  .action(async (names: string[], options: { kubeconfig: string; context?: string; jobs: number; json: boolean }) => {
    const { conformance } = await import('./conformance.ts');
    exitBy(await conformance(readConfig(process.env), names, options));
  });

program
  .command('doctor')
  .description('what this machine has for labs, what is missing, and how to get it')
  .action(async () => {
    const { doctor } = await import('./doctor.ts');
    exitBy(await doctor(readConfig(process.env)));
  });

program
  .command('bench')
  .description('measure labs on this machine: prints a table and writes the figures as JSON')
  .argument('[scenario...]', 'names of scenarios (default: all)')
  .option('--json <file>', 'where to write the figures', 'bench.json')
  .action(async (scenarios: string[], options: { json: string }) => {
    const { bench } = await import('./bench.ts');
    await bench(readConfig(process.env), scenarios, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
}

function exitBy(success: boolean): void {
  process.exitCode = success ? 0 : 1;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`A whole number from ${min} to ${max} is allowed.`);
    }
    return value;
  };
}
