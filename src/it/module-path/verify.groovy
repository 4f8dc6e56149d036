// One warning, of the image that has no Vector API; it names the cure.
def log = new File(basedir, 'build.log').text
assert log.count('WARNING: slicenorm runs on') == 1
assert log.contains('leave out -XX:TieredStopAtLevel=3')
assert log =~ /WARNING: slicenorm runs on the scalar kernel: .*--add-modules jdk\.incubator\.vector/

// The image runs on what it needs and no more: neither management nor a flight recorder.
def modules = new File(basedir, 'target/image/release').text.find(/MODULES="(.*)"/) { all, names -> names }.split(' ') as Set
assert modules == ['java.base', 'jdk.incubator.vector', 'dev.slicenorm', 'consumer'] as Set
