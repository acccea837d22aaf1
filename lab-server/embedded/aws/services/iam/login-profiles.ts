// Console passwords of users. Nobody signs in here; the passwords are hashed and the flags kept.
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-iam';
import { AwsError } from '../../gateway/errors.ts';
import { scopeKey } from '../scope.ts';
import { operation, type Call, type Operation, type Timestamped } from '../service.ts';
import { alreadyExists, noSuchEntity } from './errors.ts';
import { iamTables, type LoginProfile } from './state.ts';
import { callersUser } from './users.ts';

const SALT_BYTES = 8;
/** Cheap on purpose: the hash hides a lesson's password from whoever reads the state, no more. */
const COST = 256;

function hashOf(password: string, salt: string = randomBytes(SALT_BYTES).toString('hex')): string {
  return `${salt}:${scryptSync(password, salt, 32, { N: COST }).toString('hex')}`;
}

function isPassword(password: string, hash: string): boolean {
  const expected = Buffer.from(hashOf(password, hash.split(':')[0] ?? ''));
  const kept = Buffer.from(hash);
  return expected.length === kept.length && timingSafeEqual(expected, kept);
}

function requireProfile(name: string | undefined, call: Call): LoginProfile {
  const { UserName = '' } = callersUser(name, call);
  const profile = iamTables(call.tables).loginProfiles.get(scopeKey(call, UserName));
  if (!profile) {
    throw noSuchEntity(`Login Profile for User ${UserName} cannot be found.`);
  }
  return profile;
}

function save(profile: LoginProfile, call: Call): LoginProfile {
  iamTables(call.tables).loginProfiles.put(scopeKey(call, profile.UserName ?? ''), profile);
  return profile;
}

function shown({ passwordHash: _hash, ...profile }: LoginProfile): Timestamped<sdk.LoginProfile> {
  return profile;
}

/** Throws PasswordPolicyViolation where the account has a policy of passwords that this one breaks. */
function checkPassword(password: string, call: Call): void {
  const policy = iamTables(call.tables).passwordPolicies.get(scopeKey(call));
  const refuse = (isBroken: boolean | undefined, message: string): void => {
    if (isBroken) {
      throw new AwsError('PasswordPolicyViolationException', message);
    }
  };
  refuse(
    password.length < (policy?.MinimumPasswordLength ?? 1),
    `Password should have a minimum length of ${policy?.MinimumPasswordLength ?? 1}`,
  );
  refuse(policy?.RequireUppercaseCharacters && !/[A-Z]/.test(password), 'Password should have at least one uppercase letter');
  refuse(policy?.RequireLowercaseCharacters && !/[a-z]/.test(password), 'Password should have at least one lowercase letter');
  refuse(policy?.RequireNumbers && !/\d/.test(password), 'Password should have at least one number');
  refuse(policy?.RequireSymbols && !/[^\w\s]/.test(password), 'Password should have at least one symbol');
}

export const loginProfileOperations: Readonly<Record<string, Operation>> = {
  CreateLoginProfile: operation<sdk.CreateLoginProfileRequest, sdk.CreateLoginProfileResponse>({
    handle: (input, call) => {
      const { UserName = '' } = callersUser(input.UserName, call);
      if (iamTables(call.tables).loginProfiles.has(scopeKey(call, UserName))) {
        throw alreadyExists(`Login Profile for User ${UserName} already exists.`);
      }
      checkPassword(input.Password ?? '', call);
      const profile: LoginProfile = {
        UserName,
        CreateDate: call.clock.now(),
        PasswordResetRequired: input.PasswordResetRequired ?? false,
        passwordHash: hashOf(input.Password ?? ''),
      };
      return { LoginProfile: shown(save(profile, call)) };
    },
  }),
  GetLoginProfile: operation<sdk.GetLoginProfileRequest, sdk.GetLoginProfileResponse>({
    handle: (input, call) => ({ LoginProfile: shown(requireProfile(input.UserName, call)) }),
  }),
  UpdateLoginProfile: operation<sdk.UpdateLoginProfileRequest, object>({
    handle: (input, call) => {
      const profile = requireProfile(input.UserName, call);
      if (input.Password !== undefined) {
        checkPassword(input.Password, call);
      }
      save(
        {
          ...profile,
          PasswordResetRequired: input.PasswordResetRequired ?? profile.PasswordResetRequired,
          ...(input.Password === undefined ? {} : { passwordHash: hashOf(input.Password) }),
        },
        call,
      );
      return {};
    },
  }),
  DeleteLoginProfile: operation<sdk.DeleteLoginProfileRequest, object>({
    handle: (input, call) => {
      const profile = requireProfile(input.UserName, call);
      iamTables(call.tables).loginProfiles.delete(scopeKey(call, profile.UserName ?? ''));
      return {};
    },
  }),
  ChangePassword: operation<sdk.ChangePasswordRequest, object>({
    handle: (input, call) => {
      const profile = requireProfile(undefined, call);
      if (!isPassword(input.OldPassword ?? '', profile.passwordHash)) {
        throw new AwsError('AccessDenied', 'The old password was incorrect.', { status: 403 });
      }
      checkPassword(input.NewPassword ?? '', call);
      save({ ...profile, passwordHash: hashOf(input.NewPassword ?? ''), PasswordResetRequired: false }, call);
      return {};
    },
  }),
};
