// The shape of content/data/prices.json, and what the model takes of it.
import { z } from 'astro/zod';

const item = z.strictObject({
  name: z.string(),
  value: z.number().positive(),
  unit: z.string(),
  confidence: z.enum(['high', 'medium']),
  source: z.url(),
  checked: z.iso.date(),
  /** From this day on the figure has to be looked at again; CI fails. */
  expires: z.iso.date(),
});

export const priceFileSchema = z.strictObject({
  region: z.string(),
  currency: z.literal('USD'),
  hoursPerMonth: z.number().positive(),
  items: z.strictObject({
    eksControlPlane: item,
    eksExtendedSupport: item,
    eksAutoModeRate: item,
    fargateX86Cpu: item,
    fargateX86Memory: item,
    fargateArmCpu: item,
    fargateArmMemory: item,
    fargateStorage: item,
    fargateSpotDiscount: item,
    ec2T3Medium: item,
    managedInstancesRate: item,
    ecsAnywhere: item,
  }),
});

export type PriceFile = z.infer<typeof priceFileSchema>;
export type PriceName = keyof PriceFile['items'];
/** The figures alone. */
export type Prices = Record<PriceName, number> & { hoursPerMonth: number };

export function pricesOf(file: PriceFile): Prices {
  const values = Object.fromEntries(Object.entries(file.items).map(([name, { value }]) => [name, value])) as Record<PriceName, number>;
  return { ...values, hoursPerMonth: file.hoursPerMonth };
}
