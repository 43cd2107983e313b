import { expect } from 'chai';
import { DEMO_HELP, parseDemoOptions } from '../../src/cli/demo-options.js';

describe('The arguments of the demo', () => {
  it('choose slots, a team, or the web chat', () => {
    const none = { web: false, team: false, slots: undefined };
    expect(parseDemoOptions([])).to.deep.equal(none);
    expect(parseDemoOptions(['--web', '--slots', '3'])).to.deep.equal({ ...none, web: true, slots: 3 });
    expect(parseDemoOptions(['--slots=5', '--team'])).to.deep.equal({ ...none, team: true, slots: 5 });
    expect(parseDemoOptions(['--team'])).to.deep.equal({ ...none, team: true, slots: 2 });
    expect(parseDemoOptions(['--help', '--team'])).to.equal('help');
    for (const name of ['--slots', '--team', '--web', '--help']) expect(DEMO_HELP).to.contain(name);
  });

  for (const [args, problem] of [
    [['--slots', '0'], /^--slots takes a whole number from 1 to 1000, not "0"\.$/],
    [['--slots', 'two'], /not "two"/],
    [['--slots', '1.5'], /not "1\.5"/],
    [['--slots=1001'], /not "1001"/],
    [['--slots'], /--slots/],
    [['--teem'], /Unknown option '--teem'/],
    [['team'], /Unexpected argument 'team'/],
    [['--team', '--web'], /--team needs credentials/],
  ] as const) {
    it(`are rejected if they are wrong: ${args.join(' ')}`, () => {
      expect(() => parseDemoOptions(args)).to.throw(problem);
    });
  }
});
