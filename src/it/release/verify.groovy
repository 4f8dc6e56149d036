import groovy.json.JsonSlurper
import java.util.jar.JarFile

def files = new File(basedir, 'copy/target').listFiles().findAll { it.name =~ /^slicenorm-.*\.(jar|json)$/ }
        .collectEntries { [it.name.replaceFirst(/^slicenorm-[0-9.]+(-SNAPSHOT)?/, ''), it] }
assert files.keySet() == ['.jar', '-sources.jar', '-javadoc.jar', '-cyclonedx.json'] as Set

// To the byte.
released.split(' ').each {
    def name = files[it].name
    assert files[it].bytes == new File(basedir, "../../$name").bytes : "$name differs when built again"
}

// Each jar carries the licence.
def licence = new File(basedir, 'copy/LICENSE').bytes
files.findAll { it.key.endsWith('.jar') }.each { name, file ->
    new JarFile(file).withCloseable { jar ->
        def entry = jar.getEntry('META-INF/LICENSE')
        assert entry != null && jar.getInputStream(entry).bytes == licence : "$name has no META-INF/LICENSE, or another"
    }
}

// `slicenorm --version` reads it, on the class path.
new JarFile(files['.jar']).withCloseable { jar ->
    assert files['.jar'].name == "slicenorm-${jar.manifest.mainAttributes.getValue('Implementation-Version')}.jar"
}

// Nothing that a user of the library needs at run time.
def bom = new JsonSlurper().parse(files['-cyclonedx.json'])
assert bom.components.collectEntries { [it.name, it.scope] } == [picocli: 'optional', jspecify: 'optional']
