import groovy.json.JsonSlurper

def files = new File(basedir, 'copy/target').listFiles().findAll { it.name =~ /^slicenorm-.*\.(jar|json)$/ }
        .collectEntries { [it.name.replaceFirst(/^slicenorm-[0-9.]+(-SNAPSHOT)?/, ''), it] }
assert files.keySet() == ['.jar', '-sources.jar', '-javadoc.jar', '-cyclonedx.json'] as Set

// To the byte.
released.split(' ').each {
    def name = files[it].name
    assert files[it].bytes == new File(basedir, "../../$name").bytes : "$name differs when built again"
}

// Nothing that a user of the library needs at run time.
def bom = new JsonSlurper().parse(files['-cyclonedx.json'])
assert bom.components.collectEntries { [it.name, it.scope] } == [picocli: 'optional', jspecify: 'optional']
