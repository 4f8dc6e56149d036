/** The library against values that other systems computed, and their 420-bit truth. */
package dev.slicenorm.golden;
