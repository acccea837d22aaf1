// MFA devices: kept and shown. Their codes are checked for their form only, since no authenticator holds the seed.
import { randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { checkName, checkPath } from './documents.ts';
import { alreadyExists, deleteConflict, noSuchEntity, validation } from './errors.ts';
import { markedPage } from './pages.ts';
import { iamTables, type MfaDevice } from './state.ts';
import { checkTags, tagOperations } from './tags.ts';
import { callersUser, requireUser, shownUser } from './users.ts';

const LONGEST_PATH = 512;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** The smallest PNG there is: the place of the QR code. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');

function requireDevice(serial: string | undefined, call: Call): MfaDevice {
  const device = iamTables(call.tables).mfaDevices.get(scopeKey(call, serial ?? ''));
  if (!device) {
    throw noSuchEntity(`VirtualMFADevice with serial number ${serial ?? ''} doesn't exist.`);
  }
  return device;
}

function save(device: MfaDevice, call: Call): void {
  iamTables(call.tables).mfaDevices.put(scopeKey(call, device.SerialNumber ?? ''), device);
}

/** Listings show no secrets. */
function listed(
  { Base32StringSeed: _seed, QRCodePNG: _code, userName, isVirtual: _virtual, name: _name, ...device }: MfaDevice,
  call: Call,
) {
  return { ...device, ...(userName === undefined ? {} : { User: shownUser(requireUser(userName, call)) }) };
}

function devicePath(path: string | undefined): string {
  if ((path?.length ?? 0) > LONGEST_PATH) {
    throw validation(
      '1 validation error detected: Value "{}" at "path" failed to satisfy constraint: Member must have length less than or equal to 512',
    );
  }
  return checkPath(path?.includes('//') ? '' : path);
}

function create(
  input: Timestamped<sdk.CreateVirtualMFADeviceRequest>,
  call: Call,
): { VirtualMFADevice: Timestamped<sdk.VirtualMFADevice> } {
  const path = devicePath(input.Path);
  const name = checkName(input.VirtualMFADeviceName, 'virtualMFADeviceName');
  checkTags(input.Tags);
  const SerialNumber = `arn:aws:iam::${call.account}:mfa${path}${name}`;
  if (iamTables(call.tables).mfaDevices.has(scopeKey(call, SerialNumber))) {
    throw alreadyExists('MFADevice entity at the same path and name already exists.');
  }
  const seed = [...randomBytes(64)].map((byte) => BASE32[byte % BASE32.length]).join('');
  save({ SerialNumber, name, isVirtual: true, ...(input.Tags?.length ? { Tags: input.Tags } : {}) }, call);
  return {
    VirtualMFADevice: {
      SerialNumber,
      Base32StringSeed: Buffer.from(seed),
      QRCodePNG: PIXEL,
      ...(input.Tags?.length ? { Tags: input.Tags } : {}),
    },
  };
}

function enable(input: Timestamped<sdk.EnableMFADeviceRequest>, call: Call): object {
  const { UserName = '' } = requireUser(input.UserName, call);
  const serial = input.SerialNumber ?? '';
  const known = iamTables(call.tables).mfaDevices.get(scopeKey(call, serial));
  if (serial.startsWith('arn:') && !known) {
    throw noSuchEntity(`VirtualMFADevice with serial number ${serial} does not exist.`);
  }
  if (known?.userName !== undefined) {
    throw alreadyExists('MFADevice is already in use.');
  }
  for (const code of [input.AuthenticationCode1, input.AuthenticationCode2]) {
    if (!/^\d{6}$/.test(code ?? '')) {
      throw validation('Authentication code for device is not valid');
    }
  }
  save({ ...(known ?? { SerialNumber: serial, name: serial, isVirtual: false }), userName: UserName, EnableDate: call.clock.now() }, call);
  return {};
}

export const mfaDeviceOperations: Readonly<Record<string, Operation>> = {
  CreateVirtualMFADevice: operation<sdk.CreateVirtualMFADeviceRequest, sdk.CreateVirtualMFADeviceResponse>({ handle: create }),
  DeleteVirtualMFADevice: operation<sdk.DeleteVirtualMFADeviceRequest, object>({
    handle: (input, call) => {
      if (requireDevice(input.SerialNumber, call).userName !== undefined) {
        throw deleteConflict('Cannot delete entity, must deactivate MFA device first.');
      }
      iamTables(call.tables).mfaDevices.delete(scopeKey(call, input.SerialNumber ?? ''));
      return {};
    },
  }),
  ListVirtualMFADevices: operation<sdk.ListVirtualMFADevicesRequest, sdk.ListVirtualMFADevicesResponse>({
    handle: (input, call) => {
      const devices = iamTables(call.tables)
        .mfaDevices.list(`${scopeKey(call)}/`)
        .filter((device) => device.isVirtual)
        .filter(({ userName }) => {
          const wanted = input.AssignmentStatus ?? 'Any';
          return wanted === 'Any' || (wanted === 'Assigned') === (userName !== undefined);
        });
      const page = markedPage(devices, input);
      return { VirtualMFADevices: page.items.map((device) => listed(device, call)), ...page.rest };
    },
  }),
  EnableMFADevice: operation<sdk.EnableMFADeviceRequest, object>({ handle: enable }),
  DeactivateMFADevice: operation<sdk.DeactivateMFADeviceRequest, object>({
    handle: (input, call) => {
      const { UserName = '' } = callersUser(input.UserName, call);
      const device = iamTables(call.tables).mfaDevices.get(scopeKey(call, input.SerialNumber ?? ''));
      if (device?.userName !== UserName) {
        throw noSuchEntity(`Device ${input.SerialNumber ?? ''} not found`);
      }
      if (device.isVirtual) {
        save({ ...device, userName: undefined, EnableDate: undefined }, call);
      } else {
        iamTables(call.tables).mfaDevices.delete(scopeKey(call, input.SerialNumber ?? ''));
      }
      return {};
    },
  }),
  ListMFADevices: operation<sdk.ListMFADevicesRequest, sdk.ListMFADevicesResponse>({
    handle: (input, call) => {
      const { UserName = '' } = callersUser(input.UserName, call);
      const devices = iamTables(call.tables)
        .mfaDevices.list(`${scopeKey(call)}/`)
        .filter((device) => device.userName === UserName);
      const page = markedPage(devices, input);
      return { MFADevices: page.items.map(({ SerialNumber, EnableDate }) => ({ UserName, SerialNumber, EnableDate })), ...page.rest };
    },
  }),
  GetMFADevice: operation<sdk.GetMFADeviceRequest, sdk.GetMFADeviceResponse>({
    handle: (input, call) => {
      const device = requireDevice(input.SerialNumber, call);
      return { UserName: device.userName, SerialNumber: device.SerialNumber, EnableDate: device.EnableDate };
    },
  }),
  ResyncMFADevice: operation<sdk.ResyncMFADeviceRequest, object>({
    handle: (input, call) => {
      requireDevice(input.SerialNumber, call);
      return {};
    },
  }),
  ...tagOperations({
    kind: 'MFADevice',
    member: 'SerialNumber',
    read: (serial, call) => requireDevice(serial, call).Tags ?? [],
    write: (serial, Tags, call) => save({ ...requireDevice(serial, call), Tags }, call),
  }),
};
