// minikube config set, get, unset, view: kept in ~/.minikube/config/config.json, as the real program does.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { minikubeFolder } from '../machine.ts';
import { CommandFailed } from './failure.ts';

type Print = (text: string) => void;

const NUMBERS = ['cpus', 'nodes', 'ReminderWaitPeriodInHours'];
const SWITCHES = ['WantUpdateNotification', 'WantBetaUpdateNotification', 'rootless', 'native-ssh', 'EmbedCerts'];
const TEXTS = ['driver', 'memory', 'disk-size', 'kubernetes-version', 'container-runtime', 'profile', 'iso-url', 'insecure-registry'];
/** Settings that only a new cluster takes up. */
const FOR_NEW_CLUSTERS = ['driver', 'memory', 'cpus', 'disk-size', 'container-runtime', 'kubernetes-version'];

function file(): string {
  return join(minikubeFolder(), 'config', 'config.json');
}

function settings(): Record<string, unknown> {
  return existsSync(file()) ? (JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>) : {};
}

function save(values: Record<string, unknown>): void {
  mkdirSync(dirname(file()), { recursive: true });
  writeFileSync(file(), `${JSON.stringify(values, null, 4)}\n`);
}

export function configSet(print: Print, name: string, value: string): void {
  save({ ...settings(), [name]: read(name, value) });
  if (FOR_NEW_CLUSTERS.includes(name)) {
    print('❗  These changes will take effect upon a minikube delete and then a minikube start\n');
  }
}

export function configGet(print: Print, name: string): void {
  const value = settings()[name];
  if (value === undefined) {
    throw new CommandFailed('MK_CONFIG_GET', 'specified key could not be found in config');
  }
  print(`${String(value as string)}\n`);
}

export function configUnset(name: string): void {
  const { [name]: _, ...rest } = settings();
  save(rest);
}

export function configView(print: Print): void {
  print(
    Object.entries(settings())
      .map(([name, value]) => `- ${name}: ${String(value as string)}\n`)
      .join(''),
  );
}

function read(name: string, value: string): unknown {
  if (NUMBERS.includes(name)) {
    const number = Number(value);
    if (!Number.isInteger(number)) {
      throw new CommandFailed('MK_CONFIG_SET', `Set failed: strconv.Atoi: parsing "${value}": invalid syntax`);
    }
    return number;
  }
  if (SWITCHES.includes(name)) {
    if (value !== 'true' && value !== 'false') {
      throw new CommandFailed('MK_CONFIG_SET', `Set failed: strconv.ParseBool: parsing "${value}": invalid syntax`);
    }
    return value === 'true';
  }
  if (TEXTS.includes(name)) {
    return value;
  }
  throw new CommandFailed('MK_CONFIG_SET', `find settings for "${name}" value of "${value}": property name "${name}" not found`);
}
