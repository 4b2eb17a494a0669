import type { Act } from '../acts/act.ts';
import type { AdminContext, Feature } from '../context.ts';
import type { Logos } from '../logos/index.ts';
import { createChoices } from '../people/choices.ts';
import type { PeopleActs } from '../people/index.ts';
import { createAcceptPage } from './accept-page.ts';
import { createAddressees } from './addressees.ts';
import { createArchivePage, createExport, requestExported } from './archive-page.ts';
import { createConfirmPages } from './confirm-pages.ts';
import { createCorrectAct, type CorrectAct } from './correct-act.ts';
import { createDecideActs, type DecideActs } from './decide-acts.ts';
import { createDocumentPages, documentRead } from './documents-pages.ts';
import { createFilePages } from './file-page.ts';
import { createFormAct, type FormAct } from './form-act.ts';
import { createRequestList } from './list-page.ts';
import { createRequestMails } from './mails.ts';
import { createOpenings } from './opening.ts';
import { createReminders } from './reminders.ts';
import { createTalkActs, type TalkActs } from './talk-acts.ts';
import { createTreating } from './treating.ts';
import { createValidatePages, partJudged } from './validate-pages.ts';
import { createWorkList, type WorkList } from './work-list.ts';

/** How soon a mail leaves, or an account is opened, after it was decided; at most. */
const ERRAND_SECONDS = 2;
const REMINDER_SECONDS = 3600;

/** Everything that is done to a request. */
export interface RequestActs extends TalkActs, DecideActs {
  readonly correct: CorrectAct;
  readonly addForm: FormAct;
}

/** Requests for an account, as those who decide on them see and treat them. */
export function createRequestsAdmin(
  context: AdminContext,
  people: PeopleActs,
  logos: Logos,
): Feature & { readonly requests: RequestActs; readonly workList: WorkList } {
  const treating = createTreating(context);
  const deps = { ...context, people, treating };
  const requests: RequestActs = {
    ...createTalkActs(deps),
    ...createDecideActs(deps),
    correct: createCorrectAct(deps),
    addForm: createFormAct(deps),
  };
  const addressees = createAddressees(context);
  const openings = createOpenings({
    ...deps,
    mails: createRequestMails({ ...context, addressees }),
    pauseSeconds: context.settings.welcomePause,
    firstPassword: context.settings.firstPassword,
  });
  const reminders = createReminders({ ...context, addressees });
  const workList = createWorkList(context);
  return {
    requests,
    workList,
    acts: Object.values(requests) as Act[],
    events: [documentRead, requestExported, partJudged],
    mount(routes) {
      createRequestList(routes, context, workList);
      // ORDER: a page of its own name comes before that of a request, whose name is any.
      createArchivePage(routes, context);
      createValidatePages(routes, context);
      const files = createFilePages(routes, context, { acts: requests, treating });
      const choices = createChoices(context.directory);
      createAcceptPage(routes, context, { acts: requests, files, choices });
      createConfirmPages(routes, context, { acts: requests, files, choices });
      createDocumentPages(routes, context, { acts: requests, files, logos });
      createExport(routes, context, files);
    },
    jobs: [
      { name: 'admin.request-errands', seconds: ERRAND_SECONDS, run: () => openings.run() },
      { name: 'admin.request-reminders', seconds: REMINDER_SECONDS, run: () => reminders.run() },
    ],
  };
}
