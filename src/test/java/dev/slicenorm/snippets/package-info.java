/**
 * The examples that javadoc shows: each is a region of a test, so it compiles, runs, and gives what
 * its comments say.
 */
package dev.slicenorm.snippets;
