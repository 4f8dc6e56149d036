import java.nio.file.Files

// From target/it/release.
def project = new File(basedir, '../../..').canonicalFile.toPath()
def copy = new File(basedir, 'copy').toPath()
Files.walk(project.resolve('src/main')).withCloseable { paths ->
    [project.resolve('pom.xml'), project.resolve('LICENSE'), *paths.toList()].findAll { Files.isRegularFile(it) }.each {
        def to = copy.resolve(project.relativize(it))
        Files.createDirectories(to.parent)
        Files.copy(it, to)
    }
}
return true
