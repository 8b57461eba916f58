import type { BrokerClient } from '../client/broker-client.js';
import type { PlannedFlow } from './twin-state.js';

interface Step {
  name: string;
  parameters: { format?: string; conversions?: { from: unknown; to: unknown }[] };
}
interface Plan {
  features: { name: string; flows?: { purpose: PlannedFlow['purpose']; from: string; to: string; steps: Step[] }[] }[];
}

/** What the plan of a connection does to each payload, for people. */
export async function plannedFlows(broker: BrokerClient, connectionId: string): Promise<PlannedFlow[]> {
  const plan = await broker.call<Plan>('GET', `/v1/connections/${encodeURIComponent(connectionId)}/adaptation`);
  return plan.features.flatMap(({ name, flows = [] }) =>
    flows.map(({ purpose, from, to, steps }) => {
      const formatOf = (step: string): string => steps.find((each) => each.name === step)?.parameters.format ?? 'json';
      const conversion = steps.find((step) => step.name === 'unit')?.parameters.conversions?.[0];
      return {
        from,
        to,
        feature: name,
        purpose,
        formats: [formatOf('decode'), formatOf('encode')],
        units: conversion === undefined ? undefined : [String(conversion.from), String(conversion.to)],
        steps: steps.map((step) => step.name),
      };
    }),
  );
}
