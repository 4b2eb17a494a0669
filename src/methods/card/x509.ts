/** @peculiar/x509 finds its parts through `reflect-metadata`, which must be there first: this is its one entrance. */
import 'reflect-metadata';

export { Name } from '@peculiar/x509';
