// Where the next instance of a group goes, and which one ends first: pure functions (user guide, "Configure termination policies").
import type { Group, GroupInstance } from './state.ts';

export interface Place {
  subnet?: string;
  zone?: string;
}

/** The place with the fewest instances. `zoneOf` tells the zone of a subnet. */
export function nextPlace(group: Group, instances: readonly GroupInstance[], zoneOf: (subnet: string) => string | undefined): Place {
  const subnets = (group.VPCZoneIdentifier ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const places: Place[] =
    subnets.length > 0
      ? subnets.map((subnet) => ({ subnet, ...(zoneOf(subnet) ? { zone: zoneOf(subnet) as string } : {}) }))
      : (group.AvailabilityZones ?? []).map((zone) => ({ zone }));
  const used = (place: Place): number => instances.filter((one) => one.AvailabilityZone === place.zone).length;
  return places.reduce<Place>((best, one) => (used(one) < used(best) ? one : best), places[0] ?? {});
}

/** Instances to end when there are `count` too many: unhealthy ones, then from the fullest zone, of an old launch template, the oldest. */
export function surplus(group: Group, instances: readonly GroupInstance[], count: number): GroupInstance[] {
  const left = instances.filter((one) => !one.ProtectedFromScaleIn);
  const chosen: GroupInstance[] = [];
  const isNewest = group.TerminationPolicies?.[0] === 'NewestInstance';
  while (chosen.length < count && left.length > 0) {
    const perZone = (zone: string | undefined): number => left.filter((one) => one.AvailabilityZone === zone).length;
    const isOld = (one: GroupInstance): number =>
      Number(one.LaunchConfigurationName !== undefined && one.LaunchConfigurationName !== group.LaunchConfigurationName);
    const [first] = left.toSorted(
      (one, other) =>
        Number(other.HealthStatus !== 'Healthy') - Number(one.HealthStatus !== 'Healthy') ||
        perZone(other.AvailabilityZone) - perZone(one.AvailabilityZone) ||
        isOld(other) - isOld(one) ||
        (isNewest ? other.launchedAt - one.launchedAt : one.launchedAt - other.launchedAt),
    );
    if (!first) {
      break;
    }
    chosen.push(first);
    left.splice(left.indexOf(first), 1);
  }
  return chosen;
}
