// One warning, of the image that has no Vector API; it names the cure.
def log = new File(basedir, 'build.log').text
assert log.count('WARNING: slicenorm runs on') == 1
assert log =~ /WARNING: slicenorm runs on the scalar kernel: .*--add-modules jdk\.incubator\.vector/
