import { about } from '../src/components/magics/about';

const PLAN = 'exp_01JABCDEFGHJKMNPQRSTVWXYZ0';
const FINDING = 'fnd_01JABCDEFGHJKMNPQRSTVWXYZ0';

test('an output says by id what it is about', () => {
  expect(about({ view: 'PlanView', id: PLAN, question: 'Why?' })).toEqual({
    kind: 'experiment',
    ids: [PLAN],
    claim: 'Why?'
  });
  expect(about({ view: 'ResultsView', experiment: PLAN })?.ids).toEqual([PLAN]);
  expect(
    about({ view: 'StatusView', experiments: [{ id: PLAN }, { id: PLAN }] })?.ids
  ).toHaveLength(2);
  expect(about({ view: 'FindingView', id: FINDING, claim: 'x' })?.kind).toBe('finding');
  expect(about({ view: 'ProposalView', id: FINDING, title: 'x' })?.kind).toBe('checks');
  expect(about({ view: 'CheckView', findings: [{ id: FINDING }] })?.kind).toBe('checks');
});

test('what is malformed or made too large is about nothing, or about as much as is shown', () => {
  for (const data of [null, 1, 'x', [], {}, { view: 'PlanView' }, { view: 'PlanView', id: {} }]) {
    expect(about(data)).toBeNull();
  }
  for (const id of ['../../etc', `${PLAN}/..`, PLAN.toLowerCase(), '__proto__', '']) {
    expect(about({ view: 'PlanView', id })).toBeNull();
  }
  expect(
    about({ view: 'StatusView', experiments: Array(9999).fill({ id: PLAN }) })?.ids
  ).toHaveLength(50);
  expect(about({ view: 'PlanView', id: PLAN, question: 'x'.repeat(99_999) })?.claim).toHaveLength(
    2000
  );
});
