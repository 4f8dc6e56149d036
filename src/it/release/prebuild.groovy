import java.nio.file.Files

// From target/it/release.
def project = new File(basedir, '../../..').canonicalFile.toPath()
def copy = new File(basedir, 'copy').toPath()
// The snippets are the examples that javadoc shows.
['src/main', 'src/test/java/dev/slicenorm/snippets', 'pom.xml', 'LICENSE'].each { part ->
    Files.walk(project.resolve(part)).withCloseable { paths ->
        paths.filter { Files.isRegularFile(it) }.forEach {
            def to = copy.resolve(project.relativize(it))
            Files.createDirectories(to.parent)
            Files.copy(it, to)
        }
    }
}
return true
