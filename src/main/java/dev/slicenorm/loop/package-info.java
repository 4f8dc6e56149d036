/** Raw loops over strided memory: axes dropped, merged and walked. No tensors, no numerics. */
package dev.slicenorm.loop;
