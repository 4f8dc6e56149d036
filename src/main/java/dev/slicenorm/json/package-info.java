/** JSON in and out: a strict reader and a plain writer, because the library has no dependencies. */
package dev.slicenorm.json;
