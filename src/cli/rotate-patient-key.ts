import { createPatientKeyRing, type KeyVersion } from '#access/index.ts';
import { DONE, MISUSED, type Command } from './command.ts';
import { withServices } from './services.ts';

/**
 * Without an option a new secret makes the keys of patients from now on; running instances find it in the store.
 * `--status` tells where that stands, `--retire` forgets a former secret (docs/access.md).
 */
export const rotatePatientKey: Command = async context => {
  const [option, version, force, ...rest] = context.args;
  const isRetiring = option === '--retire' && /^[1-9][0-9]*$/u.test(version ?? '');
  const isForced = isRetiring && force === '--even-waiting';
  const isKnown = isRetiring ? force === undefined || isForced : version === undefined;
  if (!isKnown || rest.length > 0 || !(isRetiring || option === undefined || option === '--status')) {
    context.output.err('usage: rotate-patient-key [--status | --retire VERSION [--even-waiting]]');
    return MISUSED;
  }
  return withServices(context, async services => {
    const ring = createPatientKeyRing(services);
    if (option === undefined) await ring.rotate();
    if (isRetiring) await ring.retire(Number(version), { evenWaiting: isForced });
    const versions = await ring.versions();
    for (const known of versions) context.output.out(lineOf(known, known === versions.at(-1)));
    return DONE;
  });
};

function lineOf({ version, createdAt, waiting, isRetired }: KeyVersion, isNewest: boolean): string {
  const since = new Date(createdAt * 1000).toISOString();
  const state = isNewest
    ? 'makes the keys'
    : isRetired
      ? 'retired'
      : `${waiting} of its keys wait for a newer one`;
  return `pk${version}- since ${since}: ${state}`;
}
