import { defineSection, duration, flag, line, reader, wholeNumber } from '#config/index.ts';
import { readClamdAddress } from './clamd.ts';

/** Requests for an account. */
export const enrolmentSection = defineSection('enrolment', {
  title: 'Requests for an account',
  settings: {
    isOpen: {
      env: 'TROUSSEAU_REQUESTS',
      schema: flag(),
      default: 'on',
      description:
        'Opens `/request`, the form by which people ask for an account; `off` where the region has another procedure.',
    },
    draftDays: {
      env: 'TROUSSEAU_REQUEST_DRAFT_DAYS',
      schema: wholeNumber(1, 30),
      default: '7',
      description: 'How many days a request that was not sent is kept after its last change.',
    },
    startsPerSource: {
      env: 'TROUSSEAU_REQUESTS_PER_SOURCE',
      schema: wholeNumber(1, 10_000),
      default: '20',
      description:
        'How many requests one source address begins in an hour (a hospital shares one address); five times as many from browsers that have done a proof of work.',
    },
    mailsPerAddress: {
      env: 'TROUSSEAU_REQUEST_MAILS_PER_ADDRESS',
      schema: wholeNumber(1, 1000),
      default: '10',
      description: 'How many mails requests for an account send to one address in 24 hours.',
    },
    mailsPerSource: {
      env: 'TROUSSEAU_REQUEST_MAILS_PER_SOURCE',
      schema: wholeNumber(1, 10_000),
      default: '100',
      description: 'How many codes are sent in 24 hours for requests from one source address.',
    },
    ticketSeconds: {
      env: 'TROUSSEAU_REQUEST_TICKET',
      schema: duration('1min', '1h'),
      default: '15min',
      description:
        'How long what a card or Pro Santé Connect has proven waits for the person to begin a request.',
    },
    openedMonths: {
      env: 'TROUSSEAU_REQUEST_KEEP_OPENED',
      schema: wholeNumber(1, 120),
      default: '12',
      description:
        'How many months the documents of a request whose account was opened are kept. The request and the trail stay.',
    },
    refusedMonths: {
      env: 'TROUSSEAU_REQUEST_KEEP_REFUSED',
      schema: wholeNumber(1, 120),
      default: '3',
      description:
        'How many months the documents of a refused or withdrawn request are kept, and a question waits for its answer before the request ends.',
    },
    clamd: {
      env: 'TROUSSEAU_CLAMD_URL',
      schema: reader('`tcp://host:port` or `unix:/path`', readClamdAddress).optional(),
      description:
        'The ClamAV daemon that looks at the documents of requests. Without it, or while it is away, they are kept and marked as not scanned; what is infected is refused, or destroyed when it is found later.',
      example: 'tcp://127.0.0.1:3310',
    },
    townsFile: {
      env: 'TROUSSEAU_TOWNS_FILE',
      schema: line(1, 1000).optional(),
      path: 'cwd',
      description:
        'A list of postcodes and towns (`37000;Tours` a line, UTF-8) in place of the one that comes with the product.',
      example: '/etc/trousseau/communes.csv',
    },
  },
});
