package dev.slicenorm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slicenorm.checkpoint.TestFiles;
import dev.slicenorm.tensor.DType;
import dev.slicenorm.tensor.Tensor;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** A page that names from a file can't break out of, complete in itself. */
class ReportCommandTest {

  /** Names that would be something else than text in a page that doesn't escape them. */
  private static final List<String> NAMES =
      List.of(
          "<script>document.title='broken'</script>",
          "\" onmouseover=\"alert(1)\" x='",
          "a&b&amp;&lt;c&#60;",
          "</bdi></h2></style></title><svg onload=alert(1)>",
          "]]><!--",
          "\u202egnp.exe\u2066 \u05e9\u05dc\u05d5\u05dd",
          "\u0000\u001b[31mred\u0007\uffff\u2028\udb40\udc01",
          "TITLE KEY(dead)",
          "javascript:alert(1)",
          "very." + "long.".repeat(2000) + "weight");

  static {
    // The library's module has no use for XML, so it doesn't read it; the page is checked with it.
    ReportCommandTest.class
        .getModule()
        .addReads(ModuleLayer.boot().findModule("java.xml").orElseThrow());
  }

  @TempDir Path folder;

  @Test
  void everyNameIsText() throws Exception {
    Path page = folder.resolve("page.html");
    Run.Result result = Run.slicenorm("report", hostile(), "-o", page, "--before", hostile());
    assertThat(result)
        .isEqualTo(new Run.Result(0, "wrote " + page + ", " + NAMES.size() + " weights\n", ""));
    Document document = parse(page);
    List<String> headings = texts(document.getElementsByTagName("h2"));
    assertThat(headings)
        .containsExactlyInAnyOrderElementsOf(
            NAMES.stream().map(name -> Text.printable(name, 400)).toList());
    assertThat(headings).contains("\\u202egnp.exe\\u2066 \u05e9\u05dc\u05d5\u05dd");
    assertThat(headings).contains("\\u0000\\u001b[31mred\\u0007\\uffff\\u2028\\U000e0001");
    assertThat(String.join("", headings)).hasSizeLessThan(1000);
  }

  /** A page is no checkpoint: in the place of one it would be a loss. */
  @Test
  void whatIsReadIsNotReplaced() throws IOException {
    Path shards = Files.createDirectory(folder.resolve("shards"));
    Tensor w = TestFiles.random(1, DType.F32, 2, 3);
    Path shard = TestFiles.write(shards.resolve("s1.safetensors"), "w.weight", w);
    Path index = shards.resolve("model.safetensors.index.json");
    Files.writeString(index, "{\"weight_map\": {\"w.weight\": \"s1.safetensors\"}}");
    Path other = TestFiles.write(folder.resolve("other"), "w.weight", w);
    Path link = Files.createSymbolicLink(folder.resolve("link"), other);
    for (Path page : List.of(shard, index, other, link)) {
      byte[] before = Files.readAllBytes(page);
      Run.Result result = Run.slicenorm("report", shards, "--before", other, "-o", page, "--force");
      assertThat(result.err()).contains(page + " is one of the files that are read");
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(page).hasBinaryContent(before);
    }
  }

  /** Nothing is fetched, and nothing runs. */
  @Test
  void thePageIsCompleteInItself() throws Exception {
    Path page = folder.resolve("page.html");
    Run.slicenorm("report", hostile(), "-o", page);
    assertThat(page)
        .content()
        .doesNotContain("http:", "https:", "src=", "@import", "url(", "<script")
        .doesNotContainPattern("d=\"[^\"]*(NaN|Inf)")
        .contains("prefers-color-scheme: dark", "content=\"default-src 'none'");
    NodeList elements = parse(page).getElementsByTagName("*");
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      assertThat(element.getTagName())
          .isIn(
              "html",
              "head",
              "meta",
              "title",
              "style",
              "body",
              "h1",
              "h2",
              "p",
              "ul",
              "li",
              "a",
              "bdi",
              "section",
              "figure",
              "figcaption",
              "svg",
              "path",
              "strong");
      NamedNodeMap attributes = element.getAttributes();
      for (int j = 0; j < attributes.getLength(); j++) {
        Attr attribute = (Attr) attributes.item(j);
        assertThat(attribute.getName()).doesNotStartWith("on").isNotEqualTo("style");
        assertThat(attribute.getName().equals("href") ? attribute.getValue() : "#").startsWith("#");
      }
    }
  }

  @Test
  void deadAndBrokenSlicesAreMarked() throws Exception {
    Tensor many = TestFiles.random(1, DType.F32, 2000, 3);
    many.select(0, 1234).fill(0);
    Tensor few = TestFiles.random(2, DType.F64, 3, 4);
    few.select(0, 1).fill(Double.NaN);
    few.select(0, 2).fill(8e307);
    Tensor dead = Tensor.zeros(DType.F32, 12, 2);
    Path in =
        TestFiles.write(
            folder.resolve("in"),
            "many",
            many,
            "few",
            few,
            "dead",
            dead,
            "empty",
            Tensor.zeros(DType.F32, 0, 2),
            "fine",
            TestFiles.random(3, DType.BF16, 5, 2));
    Path page = folder.resolve("page.html");
    Run.slicenorm("report", in, "-o", page);
    Document document = parse(page);
    assertThat(texts(document.getElementsByTagName("li")))
        .containsExactlyInAnyOrder(
            "many, 1 dead slice (at 1234)",
            "few, 1 slice with NaN or infinity",
            "dead, 12 dead slices (at 0, 1, 2, 3, 4, 5, 6, 7, …)");
    assertThat(texts(document.getElementsByTagName("figcaption")))
        .contains("norm: 0.000 to 0.000, 12 dead slices (at 0, 1, 2, 3, 4, 5, 6, 7, …)", "norm");
    // The bar of slice 1234, over the full height: 158 of 256.
    assertThat(page).content().contains("<path class=\"dead\" d=\"M158 40V0.0h1.000V40\"/>");
    assertThat(page).content().contains("<path class=\"bad\" d=\"M1 40V0.0h0.997V40\"/>");
  }

  @Test
  void thePageTakesItsNameWhenItIsComplete() throws IOException {
    Path in = hostile();
    Path page = Files.writeString(folder.resolve("page.html"), "mine");
    Run.Result refused = Run.slicenorm("report", in, "-o", page);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("is there already: --force replaces it");
    assertThat(page).hasContent("mine");
    assertThat(Run.slicenorm("report", in, "-o", page, "--force").exitCode()).isZero();
    assertThat(page).content().startsWith("<!DOCTYPE html>");
    Path nowhere = folder.resolve("none/page.html");
    assertThat(Run.slicenorm("report", in, "-o", nowhere).err()).contains("there is no folder");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(in, page);
    }
  }

  @Test
  void jsonWritesAPageOnlyWhenToldWhere() throws IOException {
    Path in =
        TestFiles.write(folder.resolve("in"), "plain", TestFiles.random(3, DType.BF16, 600, 2));
    JsonNode json = new ObjectMapper().readTree(Run.slicenorm("report", in, "--json").out());
    assertThat(json.at("/0/norms")).hasSize(600);
    assertThat(Path.of("report.html")).doesNotExist();
    Path page = folder.resolve("page.html");
    Run.Result both = Run.slicenorm("report", in, "--json", "-o", page);
    assertThat(new ObjectMapper().readTree(both.out())).isEqualTo(json);
    assertThat(page).exists();
  }

  /** {@code -Dslicenorm.browser=chromium} asks a browser what it makes of the page. */
  @Test
  void aBrowserSeesTextToo() throws Exception {
    String browser = System.getProperty("slicenorm.browser", "");
    assumeTrue(!browser.isEmpty(), "no browser: set -Dslicenorm.browser to Chromium's command");
    Path page = folder.resolve("page.html");
    Run.slicenorm("report", hostile(), "-o", page);
    List<String> command = new ArrayList<>(List.of(browser, "--headless", "--no-sandbox"));
    command.addAll(List.of("--disable-gpu", "--disable-quic", "--no-first-run"));
    command.addAll(List.of("--disable-background-networking", "--disable-component-update"));
    command.addAll(List.of("--disable-sync", "--user-data-dir=" + folder.resolve("profile")));
    command.addAll(List.of("--dump-dom", page.toUri().toString()));
    Path dom = folder.resolve("dom.html");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(dom.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(dom)
        .content()
        .contains("<title>Slice norms of hostile.safetensors</title>")
        .doesNotContain("<script", "<!--");
    assertThat(Files.readString(dom).split("<h2><bdi>", -1)).hasSize(NAMES.size() + 1);
    assertThat(Files.readString(dom).split("<svg role=", -1)).hasSize(2 * NAMES.size() + 1);
  }

  /** A pair of each name, with a dead slice in the middle. */
  private Path hostile() throws IOException {
    Path file = folder.resolve("hostile.safetensors");
    if (Files.exists(file)) {
      return file;
    }
    List<Object> tensors = new ArrayList<>();
    for (String name : NAMES) {
      Tensor v = TestFiles.random(1, DType.F32, 3, 4);
      v.select(0, 1).fill(0);
      tensors.addAll(List.of(name + "_g", TestFiles.random(2, DType.F32, 3, 1), name + "_v", v));
    }
    return TestFiles.write(file, tensors.toArray());
  }

  private static Document parse(Path page) throws Exception {
    String text = Files.readString(page).replace("<!DOCTYPE html>", "");
    return DocumentBuilderFactory.newDefaultInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(text)));
  }

  private static List<String> texts(NodeList elements) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < elements.getLength(); i++) {
      texts.add(elements.item(i).getTextContent());
    }
    return texts;
  }
}
