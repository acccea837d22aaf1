// Dashboards: kept as they are written, and checked to be JSON with widgets.
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../gateway/errors.ts';
import { pageOf } from '../pages.ts';
import { partitionOf } from '../scope.ts';
import { operation, type Call, type Operation } from '../service.ts';
import { invalidValue } from './errors.ts';
import { cloudWatchTables, type Dashboard } from './state.ts';

const LISTED = 1000;

/** Dashboards are the account's, in no region. */
function keyOf(call: Call, name: string): string {
  return `${call.account}/${name}`;
}

function arnOf(call: Call, name: string): string {
  return `arn:${partitionOf(call.region)}:cloudwatch::${call.account}:dashboard/${name}`;
}

function notFound(names: readonly string[]): AwsError {
  return new AwsError('DashboardNotFoundError', `Dashboard ${names.join(', ')} does not exist`);
}

export const dashboardOperations: Readonly<Record<string, Operation>> = {
  PutDashboard: operation<sdk.PutDashboardInput, sdk.PutDashboardOutput>({
    handle: (input, call) => {
      const name = input.DashboardName ?? '';
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
        throw invalidValue(
          `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
        );
      }
      try {
        JSON.parse(input.DashboardBody ?? '');
      } catch {
        throw new AwsError('DashboardInvalidInputError', 'The field DashboardBody must be a valid JSON object', {
          fields: { dashboardValidationMessages: [{ Message: 'The field DashboardBody must be a valid JSON object' }] },
        });
      }
      const dashboard: Dashboard = { name, body: input.DashboardBody ?? '', modifiedAt: call.clock.now() };
      cloudWatchTables(call.tables).dashboards.put(keyOf(call, name), dashboard);
      return { DashboardValidationMessages: [] };
    },
  }),
  GetDashboard: operation<sdk.GetDashboardInput, sdk.GetDashboardOutput>({
    handle: (input, call) => {
      const dashboard = cloudWatchTables(call.tables).dashboards.get(keyOf(call, input.DashboardName ?? ''));
      if (!dashboard) {
        throw notFound([input.DashboardName ?? '']);
      }
      return { DashboardArn: arnOf(call, dashboard.name), DashboardBody: dashboard.body, DashboardName: dashboard.name };
    },
  }),
  ListDashboards: operation<sdk.ListDashboardsInput, sdk.ListDashboardsOutput>({
    handle: (input, call) => {
      const found = cloudWatchTables(call.tables).dashboards.list(keyOf(call, input.DashboardNamePrefix ?? ''));
      const page = pageOf(found, input.NextToken, LISTED, () => invalidValue('Request parameter NextToken is invalid'));
      return {
        DashboardEntries: page.items.map(({ name, body, modifiedAt }) => ({
          DashboardName: name,
          DashboardArn: arnOf(call, name),
          LastModified: modifiedAt,
          Size: Buffer.byteLength(body),
        })),
        NextToken: page.nextToken,
      };
    },
  }),
  DeleteDashboards: operation<sdk.DeleteDashboardsInput, object>({
    handle: (input, call) => {
      const { dashboards } = cloudWatchTables(call.tables);
      const names = input.DashboardNames ?? [];
      if (names.length === 0) {
        throw invalidValue('The parameter DashboardNames must not be empty.');
      }
      const missing = names.filter((name) => !dashboards.has(keyOf(call, name)));
      if (missing.length > 0) {
        throw notFound(missing);
      }
      for (const name of names) {
        dashboards.delete(keyOf(call, name));
      }
      return {};
    },
  }),
};
