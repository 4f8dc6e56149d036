// The application that spring-boot:run started had the flag, and C2.
def log = new File(basedir, 'build.log').text
assert log =~ /EmbeddingsApplication +: kernel (simd|scalar: this machine has no FMA)/
