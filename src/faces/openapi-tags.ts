/** The chapters of the API, in the order a newcomer should read them. */
export const TAGS: readonly { name: string; description: string }[] = [
  { name: 'Registry', description: 'Register what a digital twin is and shares, keep its lease alive, take it back.' },
  { name: 'Dictionary', description: 'What data means: terms and their matches, units, and schemas that others refer to.' },
  { name: 'Discovery', description: 'Find twins by domain, features, words, place and time.' },
  { name: 'Federations', description: 'Bring twins of several organizations together for a purpose.' },
  { name: 'Connections', description: 'Agree between two members which features they exchange.' },
  { name: 'Adaptation', description: 'See how what one twin says becomes what another understands, before they are connected.' },
  { name: 'Exchange', description: 'Send messages, call functions, read values, subscribe, and work through an inbox.' },
  { name: 'Alignment', description: 'Join data of several twins into one time slot and one unit system.' },
  { name: 'Identity', description: 'Tokens, keys and credentials.' },
  { name: 'Organizations', description: 'Who takes part. For operators.' },
  { name: 'Health', description: 'Probes and measurements for those who run the broker.' },
];
