// Account settings: what is on for the account, a principal, or by default.
import type * as sdk from '@aws-sdk/client-ecs';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { invalidParameter } from './errors.ts';
import { ecsTables } from './state.ts';

const ON_OFF = ['enabled', 'disabled'];

/** Every setting with its default and what it can be (API reference, PutAccountSetting). */
const SETTINGS: Readonly<Record<string, { initial: string; values: readonly string[] }>> = {
  awsvpcTrunking: { initial: 'disabled', values: ON_OFF },
  containerInsights: { initial: 'disabled', values: [...ON_OFF, 'enhanced'] },
  containerInstanceLongArnFormat: { initial: 'enabled', values: ON_OFF },
  defaultLogDriverMode: { initial: 'non-blocking', values: ['blocking', 'non-blocking'] },
  dualStackIPv6: { initial: 'enabled', values: ON_OFF },
  fargateFIPSMode: { initial: 'disabled', values: ON_OFF },
  fargateTaskRetirementWaitPeriod: { initial: '7', values: ['0', '7', '14'] },
  guardDutyActivate: { initial: 'off', values: ['on', 'off'] },
  serviceLongArnFormat: { initial: 'enabled', values: ON_OFF },
  tagResourceAuthorization: { initial: 'on', values: ['on', 'off'] },
  taskLongArnFormat: { initial: 'enabled', values: ON_OFF },
};

const ROOT = 'root';

function keyOf(call: Call, name: string, principal: string): string {
  return scopeKey(call, name, principal);
}

/** What holds for the caller: its own setting, else the account's, else AWS's default. */
export function effectiveSetting(name: string, call: Call, principal = call.principal.arn): string {
  const { accountSettings } = ecsTables(call.tables);
  return (
    accountSettings.get(keyOf(call, name, principal))?.value ??
    accountSettings.get(keyOf(call, name, ROOT))?.value ??
    SETTINGS[name]?.initial ??
    'disabled'
  );
}

function check(name: string | undefined, value: string | undefined): void {
  const setting = SETTINGS[name ?? ''];
  if (!setting) {
    throw invalidParameter(`${name ?? ''} should be one of [${Object.keys(SETTINGS).join(',')}]`);
  }
  if (value !== undefined && !setting.values.includes(value)) {
    throw invalidParameter(`Invalid value for ${name ?? ''}: ${value}. Valid values: ${setting.values.join(', ')}.`);
  }
}

function list(
  input: Timestamped<sdk.ListAccountSettingsRequest>,
  call: Call,
): Timestamped<Omit<sdk.ListAccountSettingsResponse, '$metadata'>> {
  if (input.name !== undefined) {
    check(input.name, undefined);
  }
  const principalArn = input.principalArn ?? call.principal.arn;
  const settings = Object.keys(SETTINGS)
    .filter((name) => input.name === undefined || name === input.name)
    .flatMap((name) => {
      const own = ecsTables(call.tables).accountSettings.get(keyOf(call, name, principalArn));
      if (!input.effectiveSettings && !own) {
        return [];
      }
      const value = effectiveSetting(name, call, principalArn);
      return [
        {
          name: name as sdk.SettingName,
          value,
          principalArn,
          type: name === 'guardDutyActivate' ? ('aws_managed' as const) : ('user' as const),
        },
      ];
    })
    .filter((setting) => input.value === undefined || setting.value === input.value);
  return { settings };
}

function put(name: string | undefined, value: string | undefined, principal: string, call: Call): { setting: Timestamped<sdk.Setting> } {
  check(name, value);
  const principalArn = principal === ROOT ? `arn:aws:iam::${call.account}:root` : principal;
  ecsTables(call.tables).accountSettings.put(keyOf(call, name ?? '', principal), { name: name ?? '', value: value ?? '', principalArn });
  return { setting: { name: name as sdk.SettingName, value, principalArn, type: 'user' } };
}

function remove(input: Timestamped<sdk.DeleteAccountSettingRequest>, call: Call): { setting: Timestamped<sdk.Setting> } {
  check(input.name, undefined);
  const principal = input.principalArn ?? call.principal.arn;
  ecsTables(call.tables).accountSettings.delete(keyOf(call, input.name ?? '', principal));
  return { setting: { name: input.name, value: effectiveSetting(input.name ?? '', call, principal), principalArn: principal } };
}

export const accountSettingOperations: Readonly<Record<string, Operation>> = {
  ListAccountSettings: operation<sdk.ListAccountSettingsRequest, sdk.ListAccountSettingsResponse>({ handle: list }),
  PutAccountSetting: operation<sdk.PutAccountSettingRequest, sdk.PutAccountSettingResponse>({
    handle: (input, call) => put(input.name, input.value, input.principalArn ?? call.principal.arn, call),
  }),
  PutAccountSettingDefault: operation<sdk.PutAccountSettingDefaultRequest, sdk.PutAccountSettingDefaultResponse>({
    handle: (input, call) => put(input.name, input.value, ROOT, call),
  }),
  DeleteAccountSetting: operation<sdk.DeleteAccountSettingRequest, sdk.DeleteAccountSettingResponse>({ handle: remove }),
};
