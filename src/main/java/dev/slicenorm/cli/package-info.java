/** The command line: knows files and people, computes nothing. */
package dev.slicenorm.cli;
