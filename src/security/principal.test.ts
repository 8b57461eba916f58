import { parseOrganizationId, parseTwinId } from '../kernel/ids.js';
import { actsFor, organizationOf, type Principal, requireActsFor } from './principal.js';

const city = parseOrganizationId('city');
const port = parseOrganizationId('port');
const traffic = { id: parseTwinId('urn:x:traffic'), owner: city };
const fire = { id: parseTwinId('urn:x:fire'), owner: city };
const ships = { id: parseTwinId('urn:x:ships'), owner: port };

const operator: Principal = { kind: 'operator', subject: 'operator' };
const ofCity: Principal = { kind: 'organization', organization: city, subject: 'org_city' };
const ofTraffic: Principal = { kind: 'twin', organization: city, twin: traffic.id, subject: 'twin_traffic' };

describe('who acts for a twin', () => {
  it('an organization, for each of its own and no other', () => {
    expect([traffic, fire, ships].map((twin) => actsFor(ofCity, twin))).toEqual([true, true, false]);
  });

  it('a twin, for itself alone', () => {
    expect([traffic, fire, ships].map((twin) => actsFor(ofTraffic, twin))).toEqual([true, false, false]);
  });

  it('no twin whose id has passed to another owner', () => {
    expect(actsFor(ofTraffic, { ...traffic, owner: port })).toBe(false);
  });

  it('an operator, for none', () => {
    expect([traffic, fire, ships].map((twin) => actsFor(operator, twin))).toEqual([false, false, false]);
  });

  it('is required with a refusal that says who could', () => {
    expect(() => {
      requireActsFor(ofCity, traffic);
    }).not.toThrow();
    expect(() => {
      requireActsFor(operator, traffic);
    }).toThrow(/^forbidden: An operator never acts/);
  });

  it('is seen with the eyes of its organization, an operator with none', () => {
    expect([operator, ofCity, ofTraffic].map(organizationOf)).toEqual([undefined, city, city]);
  });
});
