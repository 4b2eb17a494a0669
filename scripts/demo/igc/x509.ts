/** @peculiar/x509 finds its parts through `reflect-metadata`, which must be there first. */
import 'reflect-metadata';

export * from '@peculiar/x509';
